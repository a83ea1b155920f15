<?xml version="1.0" encoding="utf-8"?>
<!--
  The documentation of what a user of the package can see. The compiler writes down every member, internal ones too.
  api holds the names in PublicAPI.*.txt: |Namespace.Type| |Namespace.Type.#ctor| |Namespace.Type.Member| ...
-->
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform">
  <xsl:output method="xml" encoding="utf-8" />
  <xsl:param name="api" />

  <xsl:template match="@*|node()">
    <xsl:copy><xsl:apply-templates select="@*|node()" /></xsl:copy>
  </xsl:template>

  <xsl:template match="members">
    <xsl:copy>
      <xsl:apply-templates select="member" />
      <xsl:value-of select="'&#10;    '" />
    </xsl:copy>
  </xsl:template>

  <xsl:template match="member">
    <!-- M:Namespace.Type.Name(Parameters) -->
    <xsl:variable name="full" select="substring-before(concat(substring-after(@name, ':'), '('), '(')" />
    <xsl:if test="contains($api, concat('|', $full, '|'))">
      <xsl:value-of select="'&#10;        '" />
      <xsl:copy><xsl:apply-templates select="@*|node()" /></xsl:copy>
    </xsl:if>
  </xsl:template>
</xsl:stylesheet>
