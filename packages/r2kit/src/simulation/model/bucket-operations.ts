/** Buckets of the model. */
import { xmlDocument, xmlElement, xmlValue } from '../../xml/writer.js'
import { Refusal } from './refusal.js'
import { emptyResponse, type SimulatedOperations, xmlResponse } from './simulated-call.js'
import type { SimulatedStore } from './simulated-store.js'

export const bucketOperations = (store: SimulatedStore): SimulatedOperations => ({
  ListBuckets: () =>
    xmlResponse(
      xmlDocument(
        'ListAllMyBucketsResult',
        xmlElement(
          'Buckets',
          [...store.buckets.keys()]
            .map((name) =>
              xmlElement('Bucket', xmlValue('Name', name) + xmlValue('CreationDate', new Date(0).toISOString())),
            )
            .join(''),
        ),
      ),
    ),
  CreateBucket: ({ bucket }) => {
    if (store.buckets.has(bucket)) throw new Refusal(409, 'BucketAlreadyOwnedByYou')
    store.buckets.set(bucket, new Map())
    return emptyResponse(200)
  },
  HeadBucket: ({ bucket }) => {
    store.objectsOf(bucket)
    return emptyResponse(200)
  },
  DeleteBucket: ({ bucket }) => {
    if (store.objectsOf(bucket).size > 0) throw new Refusal(409, 'BucketNotEmpty')
    store.buckets.delete(bucket)
    return emptyResponse(204)
  },
})
