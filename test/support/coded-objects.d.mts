export declare const codedObjects: () => Promise<{ name: string; base64: string }[]>
