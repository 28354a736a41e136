/**
 * Bytes over bare TCP connections, to see what a link carries: one end listens, the other connects, either one sends for
 * ever, and both tell how many bytes they have received.
 */
import { connect, createServer } from 'node:net'
import { pattern } from '../support/bodies.mjs'
import { serve } from '../support/processes.mjs'

const sockets = new Set()
let received = 0

const use = (socket) => {
  sockets.add(socket)
  // The other end is done when it goes.
  socket.on('error', () => socket.destroy()).once('close', () => sockets.delete(socket))
  socket.on('data', (chunk) => {
    received += chunk.length
  })
}

const sendForEver = (socket) => {
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
    // The first byte says who sends.
    socket.write(direction === 'download' ? 'd' : 'u')
    if (direction === 'upload') sendForEver(socket)
  }
}

const close = () => {
  for (const socket of sockets) socket.destroy()
}

serve(async ({ listen }) => {
  const response = async (question) => {
    if (question.direction !== undefined) open(question)
    if (question.close) close()
    return { received, atMs: performance.now() }
  }
  if (listen === undefined) return { response }
  const server = createServer({ noDelay: true }, (socket) => {
    use(socket)
    socket.once('data', (head) => head[0] === 0x64 && sendForEver(socket))
  })
  await new Promise((resolve) => server.listen(0, listen, resolve))
  return { ready: { port: server.address().port }, response }
})
