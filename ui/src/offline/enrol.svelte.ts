// Which till this browser is bound to. The keys are read once, before the first
// request leaves: a bound till answers no request without its proof.

import { enrol, houseKeys } from '../api/calls.ts'
import { proveBy, Refused } from '../api/client.ts'
import { base64, fromBase64 } from './bytes.ts'
import { makeKeys, proof, type TillKeys } from './keys.ts'
import * as vault from './vault.ts'

export type Bound = TillKeys & { till: string }

const boundKey = 'bound'
const nextKey = 'next'

class Enrolled {
  /** bound is null while this browser is bound to no till. */
  bound: Bound | null = $state.raw(null)
  #fresh: TillKeys | null = null
  #read: Promise<void>

  constructor() {
    this.#read = this.#recall()
    proveBy(async (asked, time_ms) => {
      await this.#read
      const keys = this.#fresh ?? this.bound
      return keys ? proof(keys, asked, time_ms) : {}
    })
  }

  /** ready is fulfilled when it is known whether this browser is bound. */
  get ready(): Promise<void> {
    return this.#read
  }

  async #recall(): Promise<void> {
    try {
      this.bound = (await vault.read<Bound>('own', boundKey)) ?? null
    } catch {
      // A browser that keeps nothing (a private window) is bound to nothing.
      this.bound = null
    }
  }

  /** bind makes a key and binds this browser to a till by a manager's code. A key whose answer was lost is tried again. */
  async bind(till: string, code: string): Promise<void> {
    await this.#read
    const before = await vault.read<Bound>('own', nextKey)
    const keys = before?.till === till ? before : await this.#make(till)
    this.#fresh = keys
    try {
      await enrol(till, code, base64(keys.point))
    } finally {
      this.#fresh = null
    }
    await Promise.all([vault.put('own', keys, boundKey), vault.empty('slots')])
    await vault.drop('own', nextKey)
    this.bound = keys
  }

  /** make keeps a new key before it is bound: one that is bound and lost would shut the till. */
  async #make(till: string): Promise<Bound> {
    const { exchange } = await houseKeys()
    const point = fromBase64(exchange)
    if (!point) throw new Error('enrolment: the server’s key cannot be read')
    const keys: Bound = { ...(await makeKeys(point)), till }
    await vault.put('own', keys, nextKey)
    return keys
  }

  /** forget lets go of a key that the server refuses. */
  async forget(): Promise<void> {
    await Promise.all([vault.drop('own', boundKey), vault.empty('slots')])
    this.bound = null
  }
}

/** revoked: the server says that this browser's key has ended for good. */
export const revoked = (e: unknown): boolean => e instanceof Refused && e.trouble.code === 'till_key_revoked'

export const enrolled = new Enrolled()
