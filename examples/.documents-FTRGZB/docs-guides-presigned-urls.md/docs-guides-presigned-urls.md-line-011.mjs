const { url, headers, expiresAt } = await r2.presign.put({
  bucket,
  key: "uploads/cat.jpg",
  contentType: "image/jpeg",
  contentLength: 3,
  expiresInSeconds: 600
});
const response = await fetch(url, { method: "PUT", headers, body: new Uint8Array(3) });
console.log(response.status, expiresAt);
