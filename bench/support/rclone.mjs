/** rclone's settings for an endpoint, as environment variables: its Cloudflare provider with default settings. */
export const rcloneEnvironment = (endpoint, { accessKeyId, secretAccessKey }) => ({
  RCLONE_CONFIG: '/dev/null',
  RCLONE_CONFIG_R2_TYPE: 's3',
  RCLONE_CONFIG_R2_PROVIDER: 'Cloudflare',
  RCLONE_CONFIG_R2_ENDPOINT: endpoint,
  RCLONE_CONFIG_R2_REGION: 'auto',
  RCLONE_CONFIG_R2_NO_CHECK_BUCKET: 'true',
  RCLONE_CONFIG_R2_ACCESS_KEY_ID: accessKeyId,
  RCLONE_CONFIG_R2_SECRET_ACCESS_KEY: secretAccessKey,
})
