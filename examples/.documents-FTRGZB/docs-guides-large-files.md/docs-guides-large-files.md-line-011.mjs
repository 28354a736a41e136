const { etag, parts } = await r2.transfers.upload(
  { path: "./film.mp4" },
  { bucket, key: "film.mp4", contentType: "video/mp4" },
  { onProgress: ({ bytes, totalBytes, ratePerSecond }) => console.log(bytes, totalBytes, ratePerSecond) }
);
console.log(etag, parts);
