/**
 * Runs `node-vault`, a client of a third party, against a server: sign-in with AppRole, a read, a look-up, a renewal, and a second
 * sign-in with a secret ID that was for one use. It needs a process of its own: the import conditions of the test runner break it.
 *
 * node node-vault-child.mjs ADDRESS ROLE_ID SECRET_ID PATH
 */
import vault from 'node-vault'

const [, , endpoint, roleId, secretId, path] = process.argv
const client = vault({ endpoint })
const messageOf = (error) => error.message
const login = await client.approleLogin({ role_id: roleId, secret_id: secretId })
client.token = login.auth.client_token
console.log(
  JSON.stringify({
    lease: login.auth.lease_duration,
    data: (await client.read(path)).data.data,
    ttl: (await client.tokenLookupSelf()).data.ttl,
    renewable: (await client.tokenRenewSelf()).auth.renewable,
    secondLogin: await client.approleLogin({ role_id: roleId, secret_id: secretId }).catch(messageOf),
    missing: await client.read(`${path}-none`).catch(messageOf),
  }),
)
