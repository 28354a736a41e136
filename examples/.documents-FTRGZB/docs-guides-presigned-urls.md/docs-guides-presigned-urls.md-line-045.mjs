const { uploadId } = await r2.multipart.create({ bucket, key: "film.mp4" });
const parts = await r2.presign.many(
  [1, 2, 3].map((partNumber) => ({ operation: "uploadPart", bucket, key: "film.mp4", uploadId, partNumber }))
);
console.log(parts.length);
await r2.multipart.abort({ bucket, key: "film.mp4", uploadId });
