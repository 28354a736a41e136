/** Validates CORS configurations by R2's page on CORS and its release notes, and reads stored ones. */
import { type CorsRule, corsDocument, readTree, type XmlNode } from 'r2kit/protocol'
import { invalidArgument, S3Error } from '../errors/s3-error.js'
import { memoizeParse } from '../objects/memoize.js'
import { orMalformedXml } from '../objects/read-document.js'

const maxRules = 100
/** AWS's limit. It bounds the cost of preflights, which need no signature and match their headers with every rule. */
export const corsDocumentBytesMax = 64 * 1024
const maxAgeLimitSeconds = 86_400
const knownElements = new Set([
  'CORSRule',
  'ID',
  'AllowedOrigin',
  'AllowedMethod',
  'AllowedHeader',
  'ExposeHeader',
  'MaxAgeSeconds',
])

/**
 * @returns The document in our own formatting.
 * @throws S3Error `MalformedXML`, `InvalidArgument`
 */
export const readCorsDocument = (bytes: Uint8Array): string => {
  for (const rule of orMalformedXml(() => readTree(bytes)).children) requireKnownElements(rule)
  const { rules } = orMalformedXml(() => corsDocument.read(bytes))
  if (rules.length === 0 || rules.length > maxRules) throw new S3Error('MalformedXML')
  for (const rule of rules) requireRule(rule)
  return corsDocument.write({ rules })
}

/** R2 rejects unknown elements. */
const requireKnownElements = (node: XmlNode): void => {
  if (!knownElements.has(node.name)) throw new S3Error('MalformedXML')
  for (const child of node.children) requireKnownElements(child)
}

const requireRule = (rule: CorsRule): void => {
  if (rule.allowedOrigins.length === 0 || rule.allowedMethods.length === 0) throw new S3Error('MalformedXML')
  for (const origin of rule.allowedOrigins) {
    // Tested on a real bucket (cloudflare/cloudflare-docs#32888): `https://*-app.example.dev` is accepted, these are not.
    if (wildcards(origin) > 1 || hasWildcardPort(origin)) throw new S3Error('MalformedXML')
    if (!isOrigin(origin)) throw invalidArgument(`AllowedOrigin "${origin}" is not a valid origin.`)
  }
  if (rule.allowedHeaders?.includes('')) throw invalidArgument('AllowedHeader can not be empty.')
  if (rule.exposeHeaders?.includes('')) throw invalidArgument('ExposeHeader can not be empty.')
  if (rule.maxAgeSeconds !== undefined && rule.maxAgeSeconds > maxAgeLimitSeconds) {
    throw invalidArgument(`MaxAgeSeconds must be at most ${maxAgeLimitSeconds}.`)
  }
}

/** Whether the text is scheme, host and port without a path, or `*` for every origin. */
const isOrigin = (text: string): boolean => text === '*' || /^[a-z][a-z0-9+.-]*:\/\/[^/?#\s]+$/i.test(text)

const wildcards = (text: string): number => text.split('*').length - 1

/** Captures the port of an origin. The brackets of an IPv6 address keep its colons apart from the port's. */
const portOf = /^[^:]+:\/\/(?:\[[^\]]*\]|[^:]*):(.*)$/

const hasWildcardPort = (origin: string): boolean => portOf.exec(origin)?.[1]?.includes('*') === true

/** Parses a stored document into its rules. */
export const corsRulesOf: (document: string) => readonly CorsRule[] = memoizeParse(
  (document) => corsDocument.read(Buffer.from(document)).rules,
)
