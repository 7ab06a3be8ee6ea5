// Short news that needs no answer. It goes away by itself and covers no key.

export type Tone = 'plain' | 'good' | 'warn' | 'stop'
export type Toast = { id: number; tone: Tone; text: string }

const shown_ms = 4500

class Toasts {
  all: Toast[] = $state([])
  #next = 1

  show(tone: Tone, text: string): void {
    const id = this.#next++
    this.all = [...this.all.slice(-2), { id, tone, text }]
    setTimeout(() => this.drop(id), shown_ms)
  }

  drop(id: number): void {
    this.all = this.all.filter((toast) => toast.id !== id)
  }
}

export const toasts = new Toasts()
