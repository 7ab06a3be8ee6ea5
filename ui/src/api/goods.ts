// What tills keep, as the office changes it: the calls and their shapes. Every
// row carries the number of its last change, which is handed back with the next.

import { ask } from './client.ts'
import type { Department as TillDepartment, Item as TillItem, Limits, Price as TillPrice, Settings } from '../bundle/types.ts'

export type { Limits, Settings }

type Numbered = { changed: number }
export type Item = TillItem & Numbered
export type Department = TillDepartment & Numbered
export type Price = TillPrice & Numbered
export type PriceLine = { price: Price; name: string; unit: string; own_fen: number; in_force: boolean }
export type Role = 'cashier' | 'manager' | 'owner'
export type Member = { id: string; shop: string; number: string; name: string; role: Role; limits: Limits; own_limits: boolean; active: boolean; changed: number }
export type RoleLimits = { role: Role; limits: Limits; changed: number }
export type Own = Partial<Settings>
export type Said = { id: string; name: string; settings: Own; changed: number }
export type PlaceSettings = { settings: Settings; below: Settings; where: Record<string, 'shop' | 'till'>; shop: Said; till?: Said }

export type NewItem = Omit<TillItem, 'pinyin' | 'gone' | 'place'> & { place?: number }
export type NewPrice = Omit<TillPrice, 'gone'>
export type NewMember = { id: string; number: string; name: string; role: Role; limits?: Limits }

type List<T> = { items: T[]; next_cursor?: string }

const at = encodeURIComponent

function path(base: string, query: Record<string, string>) {
  const q = new URLSearchParams(Object.entries(query).filter(([, value]) => value)).toString()
  return q ? `${base}?${q}` : base
}

export const items = (q: { q: string; department: string; cursor: string }) => ask<List<Item>>('GET', path('/v1/items', q))
export const item = (code: string) => ask<{ item: Item; prices: Price[] }>('GET', `/v1/items/${at(code)}`)
export const addItem = (i: NewItem) => ask<Item>('POST', '/v1/items', i)
export const changeItem = (i: NewItem, changed: number) => ask<Item>('PUT', `/v1/items/${at(i.code)}`, { ...i, changed })
export const removeItem = (code: string, changed: number) => ask<void>('DELETE', `/v1/items/${at(code)}?changed=${changed}`)

export const departments = () => ask<List<Department>>('GET', '/v1/departments')
export const addDepartment = (d: TillDepartment) => ask<Department>('POST', '/v1/departments', d)
export const changeDepartment = (d: TillDepartment, changed: number) => ask<Department>('PUT', `/v1/departments/${at(d.id)}`, { ...d, changed })
export const removeDepartment = (id: string, changed: number) => ask<void>('DELETE', `/v1/departments/${at(id)}?changed=${changed}`)

export const prices = (q: { item: string; ended: string; cursor: string }) => ask<List<PriceLine>>('GET', path('/v1/prices', q))
export const addPrice = (p: NewPrice) => ask<Price>('POST', '/v1/prices', p)
export const changePrice = (p: NewPrice, changed: number) => ask<Price>('PUT', `/v1/prices/${at(p.id)}`, { ...p, changed })
export const removePrice = (id: string, changed: number) => ask<void>('DELETE', `/v1/prices/${at(id)}?changed=${changed}`)

export const staff = () => ask<List<Member>>('GET', '/v1/staff')
export const hire = (m: NewMember) => ask<{ staff: Member; pin?: string }>('POST', '/v1/staff', m)
export const changeStaff = (id: string, m: Omit<NewMember, 'id'> & { active: boolean }, changed: number) => ask<Member>('PUT', `/v1/staff/${at(id)}`, { ...m, changed })
export const newPIN = (id: string) => ask<{ pin: string }>('POST', `/v1/staff/${at(id)}/pin`, {})
export const roles = () => ask<List<RoleLimits>>('GET', '/v1/roles')
export const setRole = (role: Role, limits: Limits, changed: number) => ask<RoleLimits>('PUT', `/v1/roles/${role}`, { limits, changed })

export const shopSettings = (shop: string) => ask<PlaceSettings>('GET', path('/v1/settings', { shop }))
export const tillSettings = (till: string) => ask<PlaceSettings>('GET', path('/v1/settings', { till }))
export const setShop = (shop: string, settings: Own, changed: number) => ask<PlaceSettings>('PUT', `/v1/shops/${at(shop)}/settings`, { settings, changed })
export const setTill = (till: string, settings: Own, changed: number) => ask<PlaceSettings>('PUT', `/v1/tills/${at(till)}/settings`, { settings, changed })
