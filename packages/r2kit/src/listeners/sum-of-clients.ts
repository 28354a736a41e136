/** A number per client, and their sum: one listener may serve several clients. */
export class SumOfClients {
  readonly #byClient = new Map<number, number>()

  /** Sets the number of a client, and returns the new sum. */
  set(clientId: number, value: number): number {
    if (value === 0) this.#byClient.delete(clientId)
    else this.#byClient.set(clientId, value)
    let sum = 0
    for (const each of this.#byClient.values()) sum += each
    return sum
  }
}
