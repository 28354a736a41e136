"""boto3 with default settings, driven by one JSON request per line on standard input; see boto3.mjs."""

import json
import sys

import boto3
from botocore.config import Config

options = json.loads(sys.argv[1])
s3 = boto3.client(
    "s3",
    endpoint_url=options["endpoint"],
    region_name=options["region"],
    aws_access_key_id=options["accessKeyId"],
    aws_secret_access_key=options["secretAccessKey"],
    config=Config(s3={"addressing_style": "path"}, read_timeout=options.get("timeoutSeconds", 60)),
)


def make_bucket(bucket):
    s3.create_bucket(Bucket=bucket)


def put(bucket, key, file):
    s3.upload_file(file, bucket, key)


def get(bucket, key, file):
    s3.download_file(bucket, key, file)


def get_range(bucket, key, offset, length):
    response = s3.get_object(Bucket=bucket, Key=key, Range=f"bytes={offset}-{offset + length - 1}")
    return response["Body"].read().hex()


def list_keys(bucket):
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket)
    return [entry["Key"] for page in pages for entry in page.get("Contents", [])]


def copy(bucket, source, target):
    s3.copy({"Bucket": bucket, "Key": source}, bucket, target)


def remove_all(bucket, keys):
    for at in range(0, len(keys), 1000):
        objects = [{"Key": key} for key in keys[at : at + 1000]]
        response = s3.delete_objects(Bucket=bucket, Delete={"Objects": objects})
        if response.get("Errors"):
            raise RuntimeError(f"not deleted: {response['Errors'][0]}")


def presign(method, bucket, key):
    return s3.generate_presigned_url(method, Params={"Bucket": bucket, "Key": key}, ExpiresIn=300)


functions = {
    function.__name__: function
    for function in (make_bucket, put, get, get_range, list_keys, copy, remove_all, presign)
}

for line in sys.stdin:
    request = json.loads(line)
    try:
        response = {"value": functions[request["function"]](*request["parameters"])}
    except Exception as error:  # the runner reports any failure as a failure of this step
        response = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(response), flush=True)
