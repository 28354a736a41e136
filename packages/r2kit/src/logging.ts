/** `r2kit/logging`: the events of a client as lines of a log, for pino, `console` and loggers like them. */
export { type LogEventsOptions, type Logger, type LogLevel, logEvents } from './listeners/log-events.js'
