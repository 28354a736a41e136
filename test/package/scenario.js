/** What every project does with the packages. Part of each program that the checks generate: it uses no module syntax. */
// biome-ignore lint/correctness/noUnusedVariables: the generated programs call it.
const scenario = async (r2kit, { presignUrl }, { endpoint, accessKeyId, secretAccessKey, bucket }, name) => {
  const expectEqual = (what, actual, expected) => {
    if (actual !== expected) throw new Error(`${what}: ${actual}, expected ${expected}`)
  }
  const credentials = { accessKeyId, secretAccessKey }
  const r2 = new r2kit.R2Client({ endpoint, credentials })
  const at = { bucket, key: `${name}.txt` }
  await r2.objects.put({ ...at, body: `stored by ${name}`, contentType: 'text/plain' })
  const object = await r2.objects.get(at)
  expectEqual('text of the object', object.text(), `stored by ${name}`)
  const stream = await r2.objects.getStream(at)
  expectEqual('text of the stream', await new Response(stream.body).text(), `stored by ${name}`)

  // Lazily loaded modules.
  const { url } = await r2.presign.get(at)
  expectEqual('text behind the URL', await (await fetch(url)).text(), `stored by ${name}`)
  const made = await presignUrl({ method: 'GET', endpoint, ...at, credentials, expiresInSeconds: 600 })
  expectEqual('status of the second URL', (await fetch(made.url)).status, 200)
  await r2.transfers.upload(new Uint8Array(100_000), { bucket, key: `${name}.bin` })
  expectEqual('size', (await r2.objects.head({ bucket, key: `${name}.bin` })).size, 100_000)
  const { objects } = await r2.objects.list({ bucket, prefix: `${name}.` })
  expectEqual('listed objects', objects.length, 2)

  const error = await r2.objects.get({ bucket, key: 'missing' }).catch((error) => error)
  expectEqual('class of the error', error instanceof r2kit.R2Error, true)
  expectEqual('code of the error', error.code, 'ObjectNotFound')
  await r2.dispose()
  return `${name}: stored and read`
}
