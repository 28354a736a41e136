const opaqueTag = /^[\x21\x23-\x7e\x80-\xff]*$/

/** Whether an entity tag may hold this text between its quotes (RFC 9110, section 8.8.3). Empty text is allowed. */
export const isOpaqueTag = (text: string): boolean => opaqueTag.test(text)
