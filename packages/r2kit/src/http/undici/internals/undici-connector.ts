/** The one file of undici that makes sockets. It loads nothing of undici's parser or pools. README.md in this folder lists what is relied on. */
import buildConnector from 'undici/lib/core/connect.js'

export { buildConnector }
