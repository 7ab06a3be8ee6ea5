// Light or dark. The first choice is made before the first paint, in /assets/before.js.

import { keep } from './keep.ts'

class Theme {
  dark = $state(document.documentElement.dataset.theme === 'dark')

  turn(): void {
    this.dark = !this.dark
    const name = this.dark ? 'dark' : 'light'
    document.documentElement.dataset.theme = name
    keep('guitai.theme', name)
  }
}

export const theme = new Theme()
