// What a round knows, after each scan.

import type { Round, Scan } from '../api/codes.ts'

/** withScan is the round after one more scan; the same scan again changes nothing. */
export function withScan(round: Round, scan: Scan): Round {
  if (round.scans.some((s) => s.id === scan.id)) return round
  const met = scan.verdict === 'ours' ? round.missing.find((c) => c.id === scan.code?.id) : undefined
  return {
    ...round,
    scans: [...round.scans, scan],
    found: met ? [...round.found, met] : round.found,
    missing: met ? round.missing.filter((c) => c !== met) : round.missing,
  }
}
