/** One text in the languages of the screens, in their order. */
export type Words = readonly [hans: string, hant: string, en: string]
