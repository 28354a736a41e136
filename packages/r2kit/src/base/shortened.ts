/** A text cut to a number of characters, with its full length: `abc… (1000 characters)`. */
export const shortened = (text: string, lengthMax = 60): string =>
  text.length <= lengthMax ? text : `${text.slice(0, lengthMax)}… (${text.length} characters)`
