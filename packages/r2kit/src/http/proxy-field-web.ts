/** The check of `connections.proxy` on platforms with `fetch` only. Selected by the import condition `#proxy`. */
import type { Field } from '../validation/index.js'

/** Rejects every value: a proxy that is ignored would be a way around a firewall. */
export const proxyField: Field<never> = {
  takes: 'absent',
  read(_, name, refuse) {
    throw refuse(name, 'has no effect on fetch', 'Omit it: the platform decides on proxies.')
  },
}
