// The pages of the office, in the order of its navigation. A new page is one
// line here, and its words.

import type { Component } from 'svelte'
import type { Key } from '../i18n/catalogue.ts'
import type { IconName } from '../parts/icons.ts'
import Approvals from './Approvals.svelte'
import Codes from './Codes.svelte'
import Departments from './Departments.svelte'
import Items from './Items.svelte'
import Members from './Members.svelte'
import Paper from './Paper.svelte'
import type { PageProps } from './place.ts'
import PointRules from './PointRules.svelte'
import Prices from './Prices.svelte'
import Round from './Round.svelte'
import Rounds from './Rounds.svelte'
import Setup from './Setup.svelte'
import Staff from './Staff.svelte'
import Vouchers from './Vouchers.svelte'

export type PageLine = {
  name: string
  title: Key
  icon: IconName
  page: Component<PageProps>
  /** one: what is shown instead while something is open, with the whole screen of a phone for it. */
  one?: Component<PageProps>
  /** managers: shown to a manager or the owner only. */
  managers?: true
  /** away: also for a manager who signed in on a phone that belongs to no till. */
  away?: true
}

/** whole: a page that is the same wherever it is. */
const whole = (page: Component<Record<string, never>>) => page as unknown as Component<PageProps>

export const pages: PageLine[] = [
  { name: 'items', title: 'items.title', icon: 'list', page: Items },
  { name: 'departments', title: 'departments.title', icon: 'menu', page: Departments },
  { name: 'prices', title: 'prices.title', icon: 'clock', page: Prices },
  { name: 'codes', title: 'codes.title', icon: 'qr', page: Codes },
  { name: 'rounds', title: 'rounds.title', icon: 'scan', page: Rounds, one: Round },
  { name: 'approvals', title: 'approvals.title', icon: 'check', page: Approvals, managers: true, away: true },
  { name: 'members', title: 'members.title', icon: 'person', page: whole(Members), managers: true },
  { name: 'vouchers', title: 'vouchers.title', icon: 'list', page: whole(Vouchers), managers: true },
  { name: 'points', title: 'rules.title', icon: 'book', page: whole(PointRules), managers: true },
  { name: 'paper', title: 'design.title', icon: 'printer', page: whole(Paper), managers: true },
  { name: 'staff', title: 'staff.title', icon: 'person', page: Staff, managers: true },
  { name: 'setup', title: 'setup.title', icon: 'till', page: Setup, managers: true },
]
