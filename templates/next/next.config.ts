import type { NextConfig } from "next";

const config: NextConfig = {
  // The preview has a host name of its own.
  allowedDevOrigins: ["*.localhost", "**.localhost"],
};

export default config;
