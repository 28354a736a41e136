/**
 * Every error of the package as data: the table behind `R2Error` and `docs/errors.md`. The rows of the errors that the client
 * itself makes are in `client-errors.ts`, those of the errors that responses describe in `server-errors.ts`.
 *
 * The comment of a row is the meaning of its code on that page. A row has a `hint`, or its comment gives the reason why no
 * advice fits every error with this code (`@noAdvice`). S3 codes and numbers come from R2's page,
 * developers.cloudflare.com/r2/api/error-codes.
 */
import type { ErrorEntry } from './error-entry.js'
import { responseErrorRows } from './server-errors.js'

const rows = {
  ...responseErrorRows,
  // Objects

  /** The object was overwritten or deleted while it was read; the bytes received so far belong to the earlier version. */
  ObjectChanged: { kind: 'Conflict', retryable: false, hint: 'Read the object again from the start.' },
  /** Other writers won every attempt to update the object. */
  LockConflict: {
    kind: 'Conflict',
    retryable: false,
    hint: 'Allow more attempts (maxRetries), or write less often to this key.',
  },

  // Transfers

  /** The source of a transfer changed while it was read, or since an earlier run. */
  SourceChanged: {
    kind: 'Transfer',
    retryable: false,
    hint: 'Stop the program that writes to the source, or transfer a copy.',
  },
  /** The source of an upload yielded no bytes for longer than `sourceTimeoutMs`. */
  SourceStalled: {
    kind: 'Transfer',
    retryable: false,
    hint: 'Check why the source stopped producing data. For expected pauses raise sourceTimeoutMs; for live streams use Infinity.',
  },
  /** The target file exists, and the transfer must not overwrite it (`noClobber`). */
  TargetExists: {
    kind: 'Transfer',
    retryable: false,
    hint: 'Choose another path, or delete the file first.',
  },
  /** A key or file name cannot be mapped: the path would leave the target folder, or two keys would become one file. */
  UnsafePath: {
    kind: 'Transfer',
    retryable: false,
    hint: 'Transfer this object or file on its own, under a name of your choice.',
  },
  /**
   * The operating system refused to read or write a file or folder.
   * @noAdvice The advice depends on the error of the system, which is the `cause`. For common ones the error has a `hint`.
   */
  FileUnavailable: { kind: 'Transfer', retryable: false },

  // Connections and responses

  /** No connection could be made. */
  ConnectionFailed: {
    kind: 'Network',
    retryable: true,
    hint: 'Check the endpoint, DNS and firewalls. Proxies are not supported: HTTPS_PROXY is ignored.',
  },
  /** No trusted TLS connection could be made. */
  TlsFailed: {
    kind: 'Network',
    retryable: false,
    hint: 'Check the endpoint name and the certificate. For a private authority pass its certificate as connections.ca.',
  },
  /**
   * Unread response bodies, or uploads whose source yields no data, hold all connections; nothing was sent.
   */
  PoolExhausted: {
    kind: 'Network',
    retryable: false,
    hint: 'Read each getStream body until it ends, or cancel it. For more concurrent streams raise connections.maxConnections.',
  },

  // The health of the server

  /** A key of a batch failed in each attempt, for a reason that may pass: see the `cause`. */
  MaxRetriesExceeded: {
    kind: 'Server',
    retryable: true,
    hint: 'Repeat the call for these keys later.',
  },
  /** The server failed repeatedly, so calls fail immediately until a pause has passed. Nothing was sent. */
  CircuitOpen: {
    kind: 'CircuitOpen',
    retryable: true,
    hint: 'Wait for the pause to pass, and check the endpoint.',
  },
  /** The replayed recording does not contain this request, or contains it at another position. */
  ReplayMismatch: {
    kind: 'Config',
    retryable: false,
    hint: 'Record again, or relax the option `order` of the replayer.',
  },
} satisfies Record<string, ErrorEntry>

/** The package's own code of an error: stable, and independent of the server. `docs/errors.md` explains each. */
export type ErrorCode = keyof typeof rows

/** The topic of the errors with these codes. */
export type ErrorKindOf<Code extends ErrorCode> = (typeof rows)[Code]['kind']

/** The facts about each error code. */
export const errorTable: Readonly<Record<ErrorCode, ErrorEntry>> = rows
