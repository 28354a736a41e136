/**
 * Writes a lifecycle rule as XML in the form of the request. S3 returns the prefix in the element that the client used — the
 * rule or its filter — and tools that compare configurations, such as Terraform, rely on it.
 */
import { childOf, type LifecycleMoment, type LifecycleRule, type XmlNode, xmlElement, xmlValue } from 'r2kit/protocol'
import { notImplemented, S3Error } from '../errors/s3-error.js'

/** The element that contains the prefix of a rule. */
export type PrefixForm = keyof typeof prefixMarkup

const prefixMarkup = {
  rule: (prefix: string) => xmlValue('Prefix', prefix),
  filter: (prefix: string) => xmlElement('Filter', xmlValue('Prefix', prefix)),
  'joined-filter': (prefix: string) => xmlElement('Filter', xmlElement('And', xmlValue('Prefix', prefix))),
  'empty-filter': () => xmlElement('Filter', ''),
  none: () => '',
} as const

/**
 * @throws S3Error `MalformedXML` for a prefix in both elements, `NotImplemented` for a filter by anything but the prefix: a
 *   rule that ignored a condition of its filter would delete too much.
 */
export const prefixFormOf = (rule: XmlNode): PrefixForm => {
  const filter = childOf(rule, 'Filter')
  if (filter === undefined) return childOf(rule, 'Prefix') === undefined ? 'none' : 'rule'
  if (childOf(rule, 'Prefix') !== undefined) throw new S3Error('MalformedXML')
  const and = childOf(filter, 'And')
  const conditions = [...filter.children, ...(and?.children ?? [])].filter((child) => child !== and)
  const other = conditions.find(({ name }) => name !== 'Prefix')
  if (other !== undefined) throw notImplemented(`Lifecycle filter ${other.name}`)
  if (conditions.length === 0) return 'empty-filter'
  return and === undefined ? 'filter' : 'joined-filter'
}

export const ruleMarkup = (rule: LifecycleRule, form: PrefixForm): string =>
  xmlElement(
    'Rule',
    [
      xmlValue('ID', rule.id),
      prefixMarkup[form](rule.prefix ?? ''),
      xmlValue('Status', rule.status),
      rule.expiration === undefined ? '' : xmlElement('Expiration', momentMarkup(rule.expiration)),
      ...(rule.transitions ?? []).map((transition) =>
        xmlElement('Transition', momentMarkup(transition) + xmlValue('StorageClass', transition.storageClass)),
      ),
      rule.abortIncompleteMultipartUploadDays === undefined
        ? ''
        : xmlElement(
            'AbortIncompleteMultipartUpload',
            xmlValue('DaysAfterInitiation', rule.abortIncompleteMultipartUploadDays),
          ),
    ].join(''),
  )

const momentMarkup = ({ days, date }: LifecycleMoment): string =>
  xmlValue('Days', days) + xmlValue('Date', date?.toISOString())
