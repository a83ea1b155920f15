<?xml version="1.0" encoding="utf-8"?>
<!--
  The documentation of what a user of the package can see. The compiler writes down every member, internal ones too.
  api is PublicAPI.txt as words: |Namespace.Type word word ...|Namespace.Type ...
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
    <xsl:variable name="name">
      <xsl:call-template name="last"><xsl:with-param name="text" select="$full" /></xsl:call-template>
    </xsl:variable>
    <xsl:variable name="type" select="substring($full, 1, string-length($full) - string-length($name) - 1)" />
    <xsl:variable name="written" select="concat(' ', substring-before(concat(substring-after($api, concat('|', $type, ' ')), '|'), '|'), ' ')" />
    <xsl:if test="(starts-with(@name, 'T:') and contains($api, concat('|', $full, ' ')))
        or (not(starts-with(@name, 'T:')) and contains($api, concat('|', $type, ' '))
          and (contains($written, concat(' ', $name, ' ')) or ($name = '#ctor' and (contains($written, ' new ') or contains($written, ' .ctor ')))))">
      <xsl:value-of select="'&#10;        '" />
      <xsl:copy><xsl:apply-templates select="@*|node()" /></xsl:copy>
    </xsl:if>
  </xsl:template>

  <!-- What stands behind the last dot. -->
  <xsl:template name="last">
    <xsl:param name="text" />
    <xsl:choose>
      <xsl:when test="contains($text, '.')">
        <xsl:call-template name="last"><xsl:with-param name="text" select="substring-after($text, '.')" /></xsl:call-template>
      </xsl:when>
      <xsl:otherwise><xsl:value-of select="$text" /></xsl:otherwise>
    </xsl:choose>
  </xsl:template>
</xsl:stylesheet>
