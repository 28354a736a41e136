/** The one file of undici that makes sockets. It loads nothing of undici's parser or pools. README.md in this folder lists the internals that r2kit depends on. */
import buildConnector from 'undici/lib/core/connect.js'

export { buildConnector }
