/**
 * A lifecycle rule as XML in the form in which it was put: S3 gives the prefix back where it stood, directly in the rule or
 * in its filter, and tools that compare configurations (Terraform and others) rely on it.
 */
import { childOf, type LifecycleMoment, type LifecycleRule, type XmlNode, xmlElement, xmlValue } from 'r2kit/protocol'
import { notImplemented, S3Error } from '../errors/s3-error.js'

/** Where a rule has its prefix. */
export type PrefixPlace = keyof typeof prefixMarkup

const prefixMarkup = {
  rule: (prefix: string) => xmlValue('Prefix', prefix),
  filter: (prefix: string) => xmlElement('Filter', xmlValue('Prefix', prefix)),
  'joined-filter': (prefix: string) => xmlElement('Filter', xmlElement('And', xmlValue('Prefix', prefix))),
  'empty-filter': () => xmlElement('Filter', ''),
  none: () => '',
} as const

/**
 * @throws S3Error MalformedXML for a prefix in both places; NotImplemented for a filter by anything but the prefix, because
 *   a rule that ignores a part of its filter would delete more than it should.
 */
export const prefixPlaceOf = (rule: XmlNode): PrefixPlace => {
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

export const ruleMarkup = (rule: LifecycleRule, place: PrefixPlace): string =>
  xmlElement(
    'Rule',
    [
      xmlValue('ID', rule.id),
      prefixMarkup[place](rule.prefix ?? ''),
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
