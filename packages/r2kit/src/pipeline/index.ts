export { type Call, compose, type Handler, type Layer, type OperationTraits, type TimeoutClass } from './call.js'
