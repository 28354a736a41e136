const { done, failed, bytes } = await r2.transfers.uploadDirectory("./site", { bucket, prefix: "www" }, {
  onResult: (result) => {
    if (result.status === "failed") console.error(result.key, result.error.message);
  }
});
console.log(done, failed, bytes);
await r2.transfers.downloadDirectory({ bucket, prefix: "www" }, "./site-copy", { noClobber: true });
