const download = await r2.presign.get({
  bucket,
  key: "uploads/cat.jpg",
  responseContentDisposition: 'attachment; filename="cat.jpg"',
  expiresAt: new Date(Date.now() + 36e5)
});
console.log(download.url.length);
