// What the browser remembers. A browser that refuses (private window, full
// disk) must not stop a sale, so nothing here ever throws.

export function kept(key: string): string | null {
  try {
    return localStorage.getItem(key)
  } catch {
    return null
  }
}

/** keep reports whether the value is really stored. */
export function keep(key: string, value: string): boolean {
  try {
    localStorage.setItem(key, value)
    return true
  } catch {
    return false
  }
}

export function forget(key: string): void {
  try {
    localStorage.removeItem(key)
  } catch {
    // Nothing was kept then.
  }
}

export function keptValue<T>(key: string): T | null {
  const raw = kept(key)
  if (raw === null) return null
  try {
    return JSON.parse(raw) as T
  } catch {
    return null
  }
}

export const keepValue = (key: string, value: unknown): boolean => keep(key, JSON.stringify(value))
