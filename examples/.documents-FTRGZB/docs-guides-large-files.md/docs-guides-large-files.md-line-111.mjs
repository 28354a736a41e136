await r2.transfers.upload({ path: "./film.mp4" }, { bucket, key: "film.mp4" }, {
  journal: true,
  onFailure: "keep",
  onResume: ({ parts, totalParts }) => console.log(`${parts} of ${totalParts} parts were there`)
});
