/** Builders of inputs, made from an operation's table of fields. */
import { type ObjectField, refuseInput } from '../validation/index.js'

/** The names of fields that an input requires. */
type RequiredNames<Input> = { [Name in keyof Input]-?: undefined extends Input[Name] ? never : Name }[keyof Input]

/**
 * A builder of an input: a method for each field that is not set yet, and `build` once every required field is set. Each method
 * returns a new builder, so a builder with some fields can be kept, and completed several times.
 *
 * @typeParam Unset names of the fields that are not set yet
 */
export type RequestBuilder<Input, Unset extends keyof Input = keyof Input> = {
  readonly [Name in Unset]-?: (value: Input[Name]) => RequestBuilder<Input, Exclude<Unset, Name>>
} & ([RequiredNames<Input> & Unset] extends [never]
  ? {
      /**
       * Returns the input.
       *
       * @throws R2Error `InvalidInput` naming a field that is missing or has a value of a wrong type
       */
      build(): Input
    }
  : unknown)

/** A kind of request. */
export interface Request<Input> {
  /**
   * Returns a builder without fields.
   *
   * @example
   * const input = PutObjectRequest.builder().bucket('photos').key('cat.jpg').body(bytes).build()
   * await r2.objects.put(input)
   */
  builder(): RequestBuilder<Input>
}

type Values = ReadonlyMap<string, unknown>

/** @param fieldOf returns the input of an operation; a function, so that bundlers can drop requests that are not used */
export const requestOf = <Input>(fieldOf: () => ObjectField<Input>): Request<Input> => ({
  builder: () => builderWith(fieldOf(), new Map()) as RequestBuilder<Input>,
})

const builderWith = (field: ObjectField<unknown>, values: Values): object => {
  const builder: Record<string, unknown> = {
    // The operation checks the values again, with the rules of its client.
    build: () => field.read(Object.fromEntries(values), '', refuseInput),
  }
  for (const [name, definition] of Object.entries(field.fields)) {
    if ('isReturned' in definition) continue
    builder[name] = (value: unknown) => {
      if (values.has(name)) throw refuseInput(name, 'is set already', 'Set each field once.')
      return builderWith(field, new Map(values).set(name, value))
    }
  }
  return builder
}
