/** The methods of an object's class, with what a caller writes before them. */
export const methodNames = (object: object, prefix: string): string[] =>
  Object.entries(Object.getOwnPropertyDescriptors(Object.getPrototypeOf(object)))
    .filter(([name, { value }]) => name !== 'constructor' && typeof value === 'function')
    .map(([name]) => prefix + name)
