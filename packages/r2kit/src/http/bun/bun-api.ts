/** The part of Bun's API for sockets that is used (bun.sh/docs/runtime/networking/tcp). */

/** A socket of Bun. */
export interface NativeSocket {
  /** Returns how many bytes were taken; -1 for a closed socket. */
  write(data: Uint8Array | string): number
  /** Closes the socket immediately. */
  terminate(): void
  pause(): void
  resume(): void
  ref(): void
  unref(): void
  setNoDelay(on: boolean): void
  setKeepAlive(on: boolean, initialDelayMs: number): void
  getPeerCertificate(): import('node:tls').PeerCertificate
}

export interface BunHandlers {
  open(socket: NativeSocket): void
  data(socket: NativeSocket, bytes: Buffer): void
  drain(socket: NativeSocket): void
  end(socket: NativeSocket): void
  close(socket: NativeSocket, error?: Error): void
  error(socket: NativeSocket, error: Error): void
  connectError(socket: NativeSocket, error: Error): void
  handshake(socket: NativeSocket, isSuccess: boolean, problem: Error | null): void
}

interface ConnectOptions {
  readonly hostname: string
  readonly port: number
  readonly tls?: Readonly<Record<string, unknown>> | undefined
  readonly socket: BunHandlers
}

/** `Bun.connect`. */
export const bunConnect = (options: ConnectOptions): Promise<NativeSocket> => {
  const { Bun } = globalThis as { Bun?: { connect(options: ConnectOptions): Promise<NativeSocket> } }
  if (Bun === undefined) return Promise.reject(new Error('this transport needs Bun'))
  return Bun.connect(options)
}
