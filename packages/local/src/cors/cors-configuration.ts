/** CORS rules: what PutBucketCors may say, by R2's page on CORS and its release notes. */
import { type CorsRule, corsDocument, readTree, type XmlNode } from 'r2kit/protocol'
import { invalidArgument, S3Error } from '../errors/s3-error.js'
import { orMalformed } from '../http/read-document.js'
import { parsedOnce } from '../objects/parsed-once.js'

const maxRules = 100
/** AWS's limit. Preflights need no signature, and each compares its headers with every rule. */
export const corsDocumentBytesMax = 64 * 1024
const maxAgeLimitSeconds = 86_400
const known = new Set([
  'CORSRule',
  'ID',
  'AllowedOrigin',
  'AllowedMethod',
  'AllowedHeader',
  'ExposeHeader',
  'MaxAgeSeconds',
])

/** @returns The document in our own writing. @throws S3Error MalformedXML, InvalidArgument */
export const readCorsDocument = (bytes: Uint8Array): string => {
  for (const rule of orMalformed(() => readTree(bytes)).children) requireKnown(rule)
  const { rules } = orMalformed(() => corsDocument.read(bytes))
  if (rules.length === 0 || rules.length > maxRules) throw new S3Error('MalformedXML')
  for (const rule of rules) requireRule(rule)
  return corsDocument.write({ rules })
}

/** R2 refuses elements that it does not know. */
const requireKnown = (node: XmlNode): void => {
  if (!known.has(node.name)) throw new S3Error('MalformedXML')
  for (const child of node.children) requireKnown(child)
}

const requireRule = (rule: CorsRule): void => {
  if (rule.allowedOrigins.length === 0 || rule.allowedMethods.length === 0) throw new S3Error('MalformedXML')
  for (const origin of rule.allowedOrigins) {
    // As tested on a real bucket (cloudflare/cloudflare-docs#32888): `https://*-app.example.dev` is fine, these are not.
    if (wildcards(origin) > 1 || hasWildcardPort(origin)) throw new S3Error('MalformedXML')
    if (!isOrigin(origin)) throw invalidArgument(`AllowedOrigin "${origin}" is not a valid origin.`)
  }
  if (rule.allowedHeaders?.includes('')) throw invalidArgument('AllowedHeader can not be empty.')
  if (rule.exposeHeaders?.includes('')) throw invalidArgument('ExposeHeader can not be empty.')
  if (rule.maxAgeSeconds !== undefined && rule.maxAgeSeconds > maxAgeLimitSeconds) {
    throw invalidArgument(`MaxAgeSeconds must be at most ${maxAgeLimitSeconds}.`)
  }
}

/** Scheme, host and port without a path, or `*` for every origin. */
const isOrigin = (text: string): boolean => text === '*' || /^[a-z][a-z0-9+.-]*:\/\/[^/?#\s]+$/i.test(text)

const wildcards = (text: string): number => text.split('*').length - 1

/** The port of an origin; an IPv6 address stands in brackets, because its colons are no port's. */
const portOf = /^[^:]+:\/\/(?:\[[^\]]*\]|[^:]*):(.*)$/

const hasWildcardPort = (origin: string): boolean => portOf.exec(origin)?.[1]?.includes('*') === true

/** The rules of a bucket's stored document. */
export const corsRulesOf: (document: string) => readonly CorsRule[] = parsedOnce(
  (document) => corsDocument.read(Buffer.from(document)).rules,
)
