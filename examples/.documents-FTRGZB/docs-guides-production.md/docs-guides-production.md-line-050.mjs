const page = await r2.objects.list({ bucket }, { timeoutMs: 5e3 });
console.log(page.objects.length);
