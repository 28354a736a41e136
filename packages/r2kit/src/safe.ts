/** `r2kit/safe`: the client with results in place of exceptions, and the functions that work on results. */
export { type Err, err, map, mapErr, type Ok, ok, type Result, resultOf, unwrap, unwrapOr } from './safe/result.js'
export type { SafeList, SafeStreamDownload, SafeTransfer } from './safe/safe-handles.js'
export {
  type SafeBucket,
  type SafeMethod,
  SafeR2Client,
  type SafeR2ClientConstructor,
  type WithResults,
} from './safe/safe-r2-client.js'
