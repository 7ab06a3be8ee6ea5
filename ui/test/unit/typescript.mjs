// Lets node run the screens' TypeScript as it stands: types are stripped by
// the same compiler that checks them.

import { register } from 'node:module'

register('./hooks.mjs', import.meta.url)
