/** Engines that are broken on purpose, one by one: a simulation that does not notice them proves nothing. */
export const mutants = []
