import type { Page } from '@playwright/test'

interface Sign {
  /** What is measured from: this key is pressed. */
  key: string
  /** What is waited for: an element of this kind… */
  selector: string
  /** …with exactly this text. */
  text: string
}

/**
 * Gets ready to measure in the page itself. What it gives resolves to the milliseconds from the key to the frame after
 * the one in which the element was drawn: only then a person can see it.
 */
export async function painted(page: Page, sign: Sign): Promise<() => Promise<number>> {
  const handle = await page.evaluateHandle(({ key, selector, text }) => {
    const measured = new Promise<number>((resolve) => {
      addEventListener(
        'keydown',
        function begin(event: KeyboardEvent) {
          if (event.key !== key) return
          removeEventListener('keydown', begin, true)
          const look = (): void => {
            const isThere = [...document.querySelectorAll(selector)].some((each) => each.textContent === text)
            if (isThere) requestAnimationFrame(() => resolve(performance.now() - event.timeStamp))
            else requestAnimationFrame(look)
          }
          look()
        },
        true,
      )
    })
    return { measured }
  }, sign)
  return async () => await handle.evaluate(({ measured }) => measured)
}
