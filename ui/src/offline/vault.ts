// What the till keeps in the browser's database: its keys, which cannot be
// taken out of it, its slots and its offers. Each call is one transaction, and
// is kept when the promise is fulfilled.

const name = 'guitai-till'
export type Table = 'own' | 'slots' | 'offers'

let opened: Promise<IDBDatabase> | null = null

function open(): Promise<IDBDatabase> {
  opened ??= new Promise((done, failed) => {
    const asked = indexedDB.open(name, 1)
    asked.onupgradeneeded = () => {
      asked.result.createObjectStore('own')
      asked.result.createObjectStore('slots', { keyPath: 'slot' })
      asked.result.createObjectStore('offers', { keyPath: 'nonce' })
    }
    asked.onsuccess = () => done(asked.result)
    asked.onerror = () => failed(asked.error)
  })
  opened.catch(() => (opened = null))
  return opened
}

async function within<T>(table: Table, mode: IDBTransactionMode, act: (s: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const tx = (await open()).transaction(table, mode, { durability: 'strict' })
  const asked = act(tx.objectStore(table))
  return new Promise((done, failed) => {
    tx.oncomplete = () => done(asked.result)
    tx.onabort = () => failed(tx.error)
    tx.onerror = () => failed(tx.error)
  })
}

export const read = <T>(table: Table, key: string | number): Promise<T | undefined> => within<T | undefined>(table, 'readonly', (s) => s.get(key))
export const all = <T>(table: Table): Promise<T[]> => within<T[]>(table, 'readonly', (s) => s.getAll())
export const put = (table: Table, value: unknown, key?: string): Promise<unknown> => within(table, 'readwrite', (s) => (key === undefined ? s.put(value) : s.put(value, key)))
export const drop = (table: Table, key: string | number): Promise<unknown> => within(table, 'readwrite', (s) => s.delete(key))
export const empty = (table: Table): Promise<unknown> => within(table, 'readwrite', (s) => s.clear())
