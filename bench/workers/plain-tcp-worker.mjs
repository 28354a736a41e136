/**
 * Sends bytes over bare TCP connections, to measure the throughput of a link. One end listens, the other connects; one of
 * them sends until the connection closes, and both report the bytes they have received.
 */
import { connect, createServer } from 'node:net'
import { pattern } from '../support/bodies.mjs'
import { serve } from '../support/processes.mjs'

const sockets = new Set()
let received = 0

const use = (socket) => {
  sockets.add(socket)
  // The other end closes the connection when it is done, which may reset it.
  socket.on('error', () => socket.destroy()).once('close', () => sockets.delete(socket))
  socket.on('data', (chunk) => {
    received += chunk.length
  })
}

const sendUntilClosed = (socket) => {
  const more = () => {
    while (!socket.destroyed && socket.write(pattern));
  }
  socket.on('drain', more)
  more()
}

const open = ({ host, port, direction, connections }) => {
  for (let count = 0; count < connections; count++) {
    const socket = connect({ host, port, noDelay: true })
    use(socket)
    // The first byte selects the sender.
    socket.write(direction === 'download' ? 'd' : 'u')
    if (direction === 'upload') sendUntilClosed(socket)
  }
}

const close = () => {
  for (const socket of sockets) socket.destroy()
}

serve(async ({ listen }) => {
  const handle = async (task) => {
    if (task.direction !== undefined) open(task)
    if (task.close) close()
    return { received, atMs: performance.now() }
  }
  if (listen === undefined) return { handle }
  const server = createServer({ noDelay: true }, (socket) => {
    use(socket)
    socket.once('data', (head) => head[0] === 0x64 && sendUntilClosed(socket))
  })
  await new Promise((resolve) => server.listen(0, listen, resolve))
  return { ready: { port: server.address().port }, handle }
})
