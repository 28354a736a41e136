const opaqueTag = /^[\x21\x23-\x7e\x80-\xff]*$/

/** Whether a text is what an entity tag may hold between its quotes (RFC 9110, section 8.8.3), or empty. */
export const isOpaqueTag = (text: string): boolean => opaqueTag.test(text)
