const transfer = r2.transfers.upload({ path: "./film.mp4" }, { bucket, key: "film.mp4" });
transfer.pause();
transfer.resume();
console.log(transfer.progress.state);
await transfer;
