/** The names of the methods of an object's class, each with a prefix. */
export const methodNames = (object: object, prefix: string): string[] =>
  Object.entries(Object.getOwnPropertyDescriptors(Object.getPrototypeOf(object)))
    .filter(([name, { value }]) => name !== 'constructor' && typeof value === 'function')
    .map(([name]) => prefix + name)
