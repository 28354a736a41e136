/** Loads the module of a client, with the reason why it cannot run here, if any. */
export const loadClient = async (load) => {
  try {
    const client = await load()
    return { client, reason: await client.unavailable?.() }
  } catch (error) {
    if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error
    return { reason: `its npm package is not installed (interop/install.sh): ${error.message.split('\n')[0]}` }
  }
}
