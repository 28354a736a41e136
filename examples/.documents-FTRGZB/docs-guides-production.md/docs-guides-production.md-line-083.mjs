await r2.buckets.lifecycle.put({
  bucket,
  rules: [{ id: "unfinished uploads", status: "Enabled", abortIncompleteMultipartUploadDays: 1 }]
});
