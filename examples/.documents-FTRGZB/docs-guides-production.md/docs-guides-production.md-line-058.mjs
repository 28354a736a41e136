const { etag } = await r2.objects.put({ bucket, key: "report.json", body: "{}" }, { timeouts: { smallObjectMs: 2e3 } });
console.log(etag);
