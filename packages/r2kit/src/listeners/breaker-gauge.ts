import type { BreakerChanged } from '../observability/index.js'

/** The value of a state in metrics (requirement 3.5). */
const breakerValues = { closed: 0, open: 1, 'half-open': 2 } as const

/**
 * Makes a function that receives each change of a breaker, and returns the gauge of all: 1 while any is open, else 2 while any
 * is half-open, else 0.
 */
export const breakerGauge = () => {
  const states = new Map<string, BreakerChanged['state']>()
  return ({ clientId, ofBucket = '', state }: BreakerChanged): number => {
    const name = `${clientId} ${ofBucket}`
    if (state === 'closed') states.delete(name)
    else states.set(name, state)
    const worst = [...states.values()].includes('open') ? 'open' : states.size > 0 ? 'half-open' : 'closed'
    return breakerValues[worst]
  }
}
